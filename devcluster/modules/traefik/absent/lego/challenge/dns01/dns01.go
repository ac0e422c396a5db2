// Package dns01 declares proofs by DNS records, and makes none.
package dns01

import (
	"strings"
	"time"
)

// ChallengeOption changes nothing.
type ChallengeOption struct{}

// Options say whom to ask.
type Options struct{ RecursiveNameservers []string }

// Client asks nobody.
type Client struct{}

// NewClient returns a client that is never used.
func NewClient(*Options) *Client { return &Client{} }

// SetDefaultClient keeps nothing.
func SetDefaultClient(*Client) {}

// LazyCondOption chooses among options that change nothing.
func LazyCondOption(bool, func() ChallengeOption) ChallengeOption { return ChallengeOption{} }

// CondOptions chooses among options that change nothing.
func CondOptions(bool, ...ChallengeOption) ChallengeOption { return ChallengeOption{} }

// CombineOptions joins options that change nothing.
func CombineOptions(...ChallengeOption) ChallengeOption { return ChallengeOption{} }

// DisableAuthoritativeNssPropagationRequirement changes nothing.
func DisableAuthoritativeNssPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// DisableRecursiveNSsPropagationRequirement changes nothing.
func DisableRecursiveNSsPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// PropagationWait changes nothing.
func PropagationWait(time.Duration, bool) ChallengeOption { return ChallengeOption{} }

// UnFqdn removes the dot that ends an absolute name.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }

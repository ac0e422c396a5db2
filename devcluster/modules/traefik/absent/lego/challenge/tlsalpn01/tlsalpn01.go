// Package tlsalpn01 declares proofs by a handshake, and makes none.
package tlsalpn01

import (
	"errors"
	"time"
)

// ACMETLS1Protocol is the name of the protocol (RFC 8737, section 6.2).
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeOption changes nothing.
type ChallengeOption struct{}

// SetDelay changes nothing.
func SetDelay(time.Duration) ChallengeOption { return ChallengeOption{} }

// ChallengeBlocks refuses.
func ChallengeBlocks(string, string) ([]byte, []byte, error) {
	return nil, nil, errors.New("ACME is not part of this build of Traefik")
}

// Package config finds no account at Amazon.
package config

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
)

// LoadOptions says nothing.
type LoadOptions struct{}

// LoadDefaultConfig refuses.
func LoadDefaultConfig(context.Context, ...func(*LoadOptions) error) (aws.Config, error) {
	return aws.Config{}, errors.New("ECS is not part of this build of Traefik")
}

// WithLogger changes nothing.
func WithLogger(logging.Logger) func(*LoadOptions) error { return nothing }

// WithRegion changes nothing.
func WithRegion(string) func(*LoadOptions) error { return nothing }

// WithEC2IMDSRegion changes nothing.
func WithEC2IMDSRegion() func(*LoadOptions) error { return nothing }

// WithCredentialsProvider changes nothing.
func WithCredentialsProvider(aws.CredentialsProvider) func(*LoadOptions) error { return nothing }

func nothing(*LoadOptions) error { return nil }

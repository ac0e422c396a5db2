// Package credentials holds none.
package credentials

import "github.com/aws/aws-sdk-go-v2/aws"

// NewStaticCredentialsProvider forgets what it is told.
func NewStaticCredentialsProvider(string, string, string) aws.CredentialsProvider {
	return aws.AnonymousCredentials{}
}

// Package registration opens accounts, in vain.
package registration

import (
	"context"
	"crypto"
	"errors"

	"github.com/go-acme/lego/v5/acme"
)

var errAbsent = errors.New("ACME is not part of this build of Traefik")

// User is who would have an account.
type User interface {
	GetEmail() string
	GetRegistration() *acme.ExtendedAccount
	GetPrivateKey() crypto.Signer
}

// RegisterOptions says how an account is opened.
type RegisterOptions struct{ TermsOfServiceAgreed bool }

// RegisterEABOptions says how an account is bound to another one.
type RegisterEABOptions struct {
	TermsOfServiceAgreed bool
	Kid                  string
	HmacEncoded          string
}

// Registrar refuses everything.
type Registrar struct{}

// Register refuses.
func (*Registrar) Register(context.Context, RegisterOptions) (*acme.ExtendedAccount, error) {
	return nil, errAbsent
}

// RegisterWithExternalAccountBinding refuses.
func (*Registrar) RegisterWithExternalAccountBinding(
	context.Context, RegisterEABOptions,
) (*acme.ExtendedAccount, error) {
	return nil, errAbsent
}

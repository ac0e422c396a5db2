// Package lego offers a client for certificate authorities that cannot be made.
package lego

import (
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/go-acme/lego/v5/certificate"
	"github.com/go-acme/lego/v5/challenge"
	"github.com/go-acme/lego/v5/challenge/dns01"
	"github.com/go-acme/lego/v5/challenge/http01"
	"github.com/go-acme/lego/v5/challenge/tlsalpn01"
	"github.com/go-acme/lego/v5/registration"
)

// DirectoryURLLetsEncrypt leads nowhere.
const DirectoryURLLetsEncrypt = "absent"

var errAbsent = errors.New("ACME is not part of this build of Traefik")

// Config holds what a client would be made of.
type Config struct {
	CADirURL    string
	UserAgent   string
	HTTPClient  *http.Client
	Certificate struct{ Timeout time.Duration }
}

// Client is never made.
type Client struct {
	Certificate  *certificate.Certifier
	Challenge    *solvers
	Registration *registration.Registrar
}

type solvers struct{}

// NewConfig returns an empty configuration.
func NewConfig(registration.User) *Config { return &Config{} }

// NewClient refuses.
func NewClient(*Config) (*Client, error) { return nil, errAbsent }

// CreateCertPool refuses.
func CreateCertPool([]string, bool) (*x509.CertPool, error) { return nil, errAbsent }

func (*solvers) SetDNS01Provider(challenge.Provider, ...dns01.ChallengeOption) error {
	return errAbsent
}

func (*solvers) SetHTTP01Provider(challenge.Provider, ...http01.ChallengeOption) error {
	return errAbsent
}

func (*solvers) SetTLSALPN01Provider(challenge.Provider, ...tlsalpn01.ChallengeOption) error {
	return errAbsent
}

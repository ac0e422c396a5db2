// Package acme declares what a certificate authority would answer.
package acme

// Account is what an authority knows about its user.
type Account struct{}

// ExtendedAccount adds where the account lies.
type ExtendedAccount struct {
	Account

	Location string
}

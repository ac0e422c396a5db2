// Package ext stands in for the extension point that Traefik's dynamic configuration expects from its builder.
package ext

// HTTP adds no field to the HTTP configuration.
type HTTP struct{}

// Router adds no field to a router.
type Router struct{}

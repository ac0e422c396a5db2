// Package types declares what Traefik reads about a machine.
package types

// InstanceStateName says whether a machine runs.
type InstanceStateName string

// InstanceStateNameRunning says that it does.
const InstanceStateNameRunning InstanceStateName = "running"

// InstanceState is how a machine is.
type InstanceState struct{ Name InstanceStateName }

// Instance is a machine.
type Instance struct {
	InstanceId       *string
	PrivateIpAddress *string
	State            *InstanceState
}

// Reservation is a group of machines.
type Reservation struct{ Instances []Instance }

// Package types declares what Traefik reads about a container.
package types

// Words that say how something is.
type (
	DesiredStatus     string
	HealthStatus      string
	NetworkMode       string
	TransportProtocol string
)

// The words that Traefik compares with.
const (
	DesiredStatusRunning  DesiredStatus     = "RUNNING"
	HealthStatusHealthy   HealthStatus      = "HEALTHY"
	HealthStatusUnhealthy HealthStatus      = "UNHEALTHY"
	NetworkModeAwsvpc     NetworkMode       = "awsvpc"
	TransportProtocolTcp  TransportProtocol = "tcp"
)

// What runs where.
type (
	Task struct {
		Attachments          []struct{}
		ContainerInstanceArn *string
		Containers           []Container
		Group                *string
		HealthStatus         HealthStatus
		LastStatus           *string
		TaskArn              *string
		TaskDefinitionArn    *string
	}
	Container struct {
		Name              *string
		NetworkBindings   []PortMapping
		NetworkInterfaces []NetworkInterface
	}
	NetworkInterface struct {
		Ipv6Address        *string
		PrivateIpv4Address *string
	}
	PortMapping struct {
		ContainerPort *int32
		HostPort      *int32
		Protocol      TransportProtocol
	}
	ContainerInstance struct {
		ContainerInstanceArn *string
		Ec2InstanceId        *string
	}
	ContainerDefinition struct {
		DockerLabels map[string]string
		Name         *string
		PortMappings []PortMapping
	}
	TaskDefinition struct {
		ContainerDefinitions []ContainerDefinition
		NetworkMode          NetworkMode
	}
)

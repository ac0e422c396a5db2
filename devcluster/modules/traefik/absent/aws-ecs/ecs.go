// Package ecs knows no container.
package ecs

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

var errAbsent = errors.New("ECS is not part of this build of Traefik")

// Client asks nobody.
type Client struct{}

// NewFromConfig returns a client that asks nobody.
func NewFromConfig(aws.Config) *Client { return &Client{} }

// What is asked, and what would be answered.
type (
	ListClustersInput  struct{}
	ListClustersOutput struct{ ClusterArns []string }
	ListTasksInput     struct {
		Cluster       *string
		DesiredStatus types.DesiredStatus
	}
	ListTasksOutput    struct{ TaskArns []string }
	DescribeTasksInput struct {
		Cluster *string
		Tasks   []string
	}
	DescribeTasksOutput             struct{ Tasks []types.Task }
	DescribeContainerInstancesInput struct {
		Cluster            *string
		ContainerInstances []string
	}
	DescribeContainerInstancesOutput struct{ ContainerInstances []types.ContainerInstance }
	DescribeTaskDefinitionInput      struct{ TaskDefinition *string }
	DescribeTaskDefinitionOutput     struct{ TaskDefinition *types.TaskDefinition }
)

// DescribeTasks refuses.
func (*Client) DescribeTasks(context.Context, *DescribeTasksInput) (*DescribeTasksOutput, error) {
	return nil, errAbsent
}

// DescribeContainerInstances refuses.
func (*Client) DescribeContainerInstances(
	context.Context, *DescribeContainerInstancesInput,
) (*DescribeContainerInstancesOutput, error) {
	return nil, errAbsent
}

// DescribeTaskDefinition refuses.
func (*Client) DescribeTaskDefinition(
	context.Context, *DescribeTaskDefinitionInput,
) (*DescribeTaskDefinitionOutput, error) {
	return nil, errAbsent
}

// Pages is a list without a page.
type Pages[Output any] struct{}

// HasMorePages is never so.
func (Pages[Output]) HasMorePages() bool { return false }

// NextPage is empty.
func (Pages[Output]) NextPage(context.Context) (*Output, error) { return new(Output), nil }

// NewListClustersPaginator returns a list without a page.
func NewListClustersPaginator(*Client, *ListClustersInput) Pages[ListClustersOutput] {
	return Pages[ListClustersOutput]{}
}

// NewListTasksPaginator returns a list without a page.
func NewListTasksPaginator(*Client, *ListTasksInput) Pages[ListTasksOutput] {
	return Pages[ListTasksOutput]{}
}

package main

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/retry"
)

// Waits as the provider does: a status that is neither `pending` nor `target` ends it with an error, and so does a
// resource that is missing for long; with no target it waits until nothing is there. It asks sooner and more often.
func wait(ctx context.Context, pending, target string, status func() (any, string, error)) error {
	change := retry.StateChangeConf{
		Pending:      []string{pending},
		Refresh:      status,
		Timeout:      5 * time.Minute,
		PollInterval: 300 * time.Millisecond,
	}
	if target != "" {
		change.Target = []string{target}
	}
	_, err := change.WaitForStateContext(ctx)
	return err
}

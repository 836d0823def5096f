//go:build wasip1

package nethttp

import "net/http"

func init() { http.DefaultTransport = Anonymous }

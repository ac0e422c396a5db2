// Command probe proves the pod network: "probe serve" answers over HTTP, "probe ask URL" exits 0 once URL answers.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	address  = ":8000"
	answer   = "serin"
	patience = 60 * time.Second
	interval = 100 * time.Millisecond
)

func main() {
	err := fmt.Errorf("usage: probe serve | probe ask URL")
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = http.ListenAndServe(address, http.HandlerFunc(serve))
	case len(os.Args) == 3 && os.Args[1] == "ask":
		err = ask(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func serve(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, answer)
}

// ask repeats the request until the expected answer comes or patience ends.
func ask(url string) error {
	client := http.Client{Timeout: 2 * time.Second}
	deadline := time.Now().Add(patience)
	for {
		err := askOnce(&client, url)
		if err == nil {
			fmt.Println("answered:", url)
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(interval)
	}
}

func askOnce(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	if err == nil && string(body) != answer {
		err = fmt.Errorf("%s answered %q instead of %q", url, body, answer)
	}
	return err
}

// A page over HTTPS with key and certificate from the agent (GetTlsKey), in Go: goroutines, a runtime of its own, and no libc.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	agent := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", "/run/dstack.sock")
	}}}
	wanted := []byte(`{"subject":"go","usage_server_auth":true,"usage_ra_tls":true}`)
	answer, err := agent.Post("http://agent/GetTlsKey", "application/json", bytes.NewReader(wanted))
	if err != nil {
		log.Fatal(err)
	}
	var issued struct {
		Key   string   `json:"key"`
		Chain []string `json:"certificate_chain"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&issued); err != nil {
		log.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(strings.Join(issued.Chain, "")), []byte(issued.Key))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(out http.ResponseWriter, request *http.Request) {
		fmt.Fprintf(out, "go %d:%d %s\n", os.Getuid(), os.Getgid(), os.Getenv("HOME"))
	})
	server := http.Server{Addr: ":443", TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	log.Fatal(server.ListenAndServeTLS("", ""))
}

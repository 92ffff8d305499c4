// One binary that is kube-apiserver or etcd, by its first argument; both take the flags of the programs they stand for.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) > 1 {
		// cobra and etcd both read os.Args themselves.
		name := os.Args[1]
		os.Args = os.Args[1:]
		switch name {
		case "apiserver":
			os.Exit(cli.Run(app.NewAPIServerCommand()))
		case "etcd":
			etcdmain.Main(os.Args)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: apiserver|etcd [flags]")
	os.Exit(2)
}

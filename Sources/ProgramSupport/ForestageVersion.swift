/// The version of Forestage's programs: the next release's number, with `-dev` until it is made.
package let forestageVersion = "0.1.0-dev"

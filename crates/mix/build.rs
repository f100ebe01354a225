//! Compiles the part that is in C against libvpx as this system has it, and links both.

use pkg_config::{Config, Error, Library};

const SHIM: &str = "native/vpx.c";
/// What the shim needs has been in it, and has kept its meaning, since then.
const OLDEST_VPX: &str = "1.8";

fn main() {
    println!("cargo::rerun-if-changed={SHIM}");
    match Config::new().atleast_version(OLDEST_VPX).cargo_metadata(false).probe("vpx") {
        Ok(vpx) => compile(&vpx),
        Err(error) => report(&error),
    }
}

fn compile(vpx: &Library) {
    cc::Build::new().file(SHIM).includes(&vpx.include_paths).std("c11").compile("visavis_vpx");
    // Only now: to the linker, who needs a library comes before it.
    for path in &vpx.link_paths {
        println!("cargo::rustc-link-search=native={}", path.display());
    }
    for library in &vpx.libs {
        println!("cargo::rustc-link-lib={library}");
    }
}

fn report(error: &Error) {
    println!(
        "cargo::error=libvpx {OLDEST_VPX} or newer is not found. \
         Install it: apt-get install libvpx-dev pkg-config"
    );
    for line in error.to_string().lines().filter(|line| !line.trim().is_empty()) {
        println!("cargo::error={line}");
    }
}

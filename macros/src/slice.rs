//! The link-time slice of a build of the runtime, whose name is that build's alone.
//!
//! A linker tells slices apart by their names only, and a binary may hold several builds of one
//! version: one of a registry and one of a path.

use std::env;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Token, Type};

/// What generated code calls a slice, and what is in it.
pub(crate) struct Slice {
    name: Ident,
    element: Type,
}

impl Parse for Slice {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Slice { name, element: input.parse()? })
    }
}

/// The slice under a name of the build, and under the one by which it is known.
pub(crate) fn declare_slice(slice: &Slice, build: &str) -> TokenStream {
    let Slice { name, element } = slice;
    let of_build = format_ident!("{name}_{build}");
    quote! {
        #[doc(hidden)]
        #[linkme::distributed_slice]
        pub static #of_build: [#element];

        // The static, and the macro of the same name that puts elements into it.
        #[doc(hidden)]
        pub use self::#of_build as #name;
    }
}

/// What tells the build of the package that is being compiled from others of it.
pub(crate) fn this_build() -> String {
    // Without Cargo there is nothing to tell by, and all builds have one name, as before.
    let directory = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    build_of(Path::new(&directory), &version)
}

/// A short hash of the version and of the end of the path. That is the same on every machine for a
/// package of a registry or of git, so that builds stay reproducible, and nobody's home directory
/// is in it.
fn build_of(directory: &Path, version: &str) -> String {
    let end: Vec<_> = directory.iter().rev().take(3).collect();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let texts = end.iter().map(|part| part.as_encoded_bytes()).chain([version.as_bytes()]);
    // FNV-1a, which is the same for every compiler; a zero ends each text.
    for byte in texts.flat_map(|text| text.iter().chain(&[0])) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{:08x}", hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_told_apart_by_version_and_the_end_of_the_path() {
        let of = |path, version| build_of(Path::new(path), version);
        let registry = of("/home/a/.cargo/registry/src/registry-1/measurand-0.1.0", "0.1.0");
        assert_eq!(registry.len(), 8);
        let elsewhere = "/home/b/.cargo/registry/src/registry-1/measurand-0.1.0";
        assert_eq!(registry, of(elsewhere, "0.1.0"));
        assert_ne!(registry, of(elsewhere, "0.1.1"));
        assert_ne!(registry, of("/home/a/measurand/runtime", "0.1.0"));
        assert_ne!(of("/a/one/runtime", "0.1.0"), of("/a/two/runtime", "0.1.0"));
        assert_eq!(of("", "").len(), 8);
    }
}

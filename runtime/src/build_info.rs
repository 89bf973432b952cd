//! What was built.

/// Shows what was built: a family `build_info` with the labels `package` and `version`, which are those
/// of the package that calls it, and the value 1.
///
/// Write it once in a package, outside functions. More labels may be given, as constants of text, such
/// as the revision that a build script or the continuous integration sets; and a `namespace` before the
/// name, which the families of several binaries that are read together need not have.
///
/// ```
/// measurand::build_info!(namespace = "doc_shop", revision = "3f2a91c");
///
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_shop_build_info{package=\"measurand\",version="));
/// assert!(text.contains("revision=\"3f2a91c\"} 1\n"));
/// ```
///
/// The packages of a binary that call it without a namespace have the family in common, so they have
/// the same labels.
#[macro_export]
macro_rules! build_info {
    () => { $crate::build_info!(@ []); };
    (namespace = $namespace:expr $(, $label:ident = $value:expr)* $(,)?) => {
        $crate::build_info!(@ [namespace = $namespace,] $($label = $value),*);
    };
    ($($label:ident = $value:expr),+ $(,)?) => {
        $crate::build_info!(@ [] $($label = $value),*);
    };
    (@ [$($namespace:tt)*] $($label:ident = $value:expr),*) => {
        const _: () = {
            /// What was built.
            #[derive($crate::Metrics)]
            #[metrics(
                crate = $crate,
                $($namespace)*
                const_labels(
                    package = ::core::env!("CARGO_PKG_NAME"),
                    version = ::core::env!("CARGO_PKG_VERSION"),
                    $($label = $value),*
                )
            )]
            struct BuildInfo {
                /// What was built: the package, its version, and what else is known of the build.
                build_info: $crate::Info<$crate::calls::NoLabels>,
            }
        };
    };
}

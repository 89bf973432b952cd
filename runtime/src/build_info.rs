//! The `build_info` metric.

/// Exposes a family `build_info` with the value 1 and the labels `package` and `version`, which are
/// those of the calling package.
///
/// Call it once per package, outside functions. Further labels are constant strings, such as the
/// revision set by a build script or by continuous integration. A `namespace` is put before the
/// name; binaries that are queried together need not have one.
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
/// Packages of a binary that call it without a namespace share the family, so they must have the
/// same labels.
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

//! The code before a body: where the call is counted, and the call, which has not started.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{Call, Locals, at, called_with};
use crate::ast::function::{Counted, Errors, Timing};
use crate::attr::call_values::{CallLabels, LabelValues};
use crate::checks::called_at;

impl Call<'_> {
    pub(super) fn prepare(&self) -> TokenStream {
        match &self.model.counted {
            Counted::Alone { outcomes, has_in_progress } => {
                self.prepare_alone(*outcomes, *has_in_progress)
            }
            Counted::Field { field, labels, is_free } => {
                self.prepare_in_field(field, labels.as_ref(), *is_free)
            }
        }
    }

    fn prepare_alone(&self, outcomes: [bool; 3], has_in_progress: bool) -> TokenStream {
        let Call { private, locals: Locals { site, calls, prepared, .. }, model } = self;
        let (name, [ok, failed, cancelled]) = (&model.name, outcomes);
        let line = quote_spanned!(model.sig.ident.span()=> ::core::line!());
        let has_durations = !matches!(model.timing, Timing::Never);
        let (known, kinds, timing) = (self.known_kinds(), self.kinds(), self.timing());
        quote! {
            static #site: #private::CallSite = #private::CallSite::new(#private::CallSiteFacts {
                function: #private::Function {
                    labels: [#name, ::core::module_path!()],
                    location: #private::location(
                        ::core::option_env!("CARGO_PKG_NAME"),
                        ::core::module_path!(),
                        ::core::file!(),
                        #line,
                    ),
                },
                expected: #private::outcomes(
                    #ok,
                    #failed,
                    ::core::cfg!(panic = "unwind"),
                    #cancelled,
                ),
                kinds: #known,
                has_durations: #has_durations,
                has_in_progress: #has_in_progress,
                join: || #private::join(&#site),
            });
            #private::link_function!(#site);
            let #calls = &#site;
            #kinds
            let #prepared = #calls.prepare(#timing);
        }
    }

    /// Returns the kinds of errors for the declaration.
    fn known_kinds(&self) -> TokenStream {
        let private = &self.private;
        match &self.model.errors {
            Errors::Kinds(path) => {
                let (span, check) = called_with(private, path, "kinds_of");
                let error = at(&self.locals.error, span);
                quote_spanned!(span=> #check(&|#error: &_| #path(#error)))
            }
            _ => quote!(#private::ValueSet::OPEN),
        }
    }

    /// Returns the statement that gets the kinds of errors, if they are told apart.
    fn kinds(&self) -> Option<TokenStream> {
        let Locals { calls, kinds, .. } = &self.locals;
        matches!(self.model.errors, Errors::Kinds(_)).then(|| quote!(let #kinds = #calls.kinds();))
    }

    fn timing(&self) -> TokenStream {
        let private = &self.private;
        match &self.model.timing {
            Timing::Every => quote!(#private::Timing::Every),
            Timing::OneIn(calls) => quote!(#private::Timing::OneIn(#calls)),
            Timing::Never => quote!(#private::Timing::Never),
        }
    }

    fn prepare_in_field(
        &self,
        field: &Expr,
        labels: Option<&CallLabels>,
        is_free: bool,
    ) -> TokenStream {
        let Call { private, locals: Locals { calls, prepared, .. }, .. } = self;
        let early = is_free.then(|| check_labels(private, field, labels));
        let call = match labels {
            Some(labels) => self.prepare_labelled(labels),
            None => {
                let timing = self.timing();
                quote!(#private::prepare_unlabelled(#calls, #timing))
            }
        };
        let kinds = self.kinds();
        // Temporaries of the field expression live as long as the call.
        let (span, found) = called_with(private, field, "calls");
        let lent = Ident::new("__measurand_field", span);
        let found = quote_spanned!(span=> #found(#lent));
        quote! {
            #early
            let #lent = &#field;
            let #calls = #found;
            #kinds
            let #prepared = #call;
        }
    }

    fn prepare_labelled(&self, labels: &CallLabels) -> TokenStream {
        let Call { private, locals: Locals { calls, .. }, .. } = self;
        let timing = self.timing();
        match &labels.values {
            LabelValues::Whole(labels) => {
                let (span, prepare) = called_with(private, labels, "prepare");
                let calls = at(calls, span);
                quote_spanned!(span=> #prepare(#calls, #labels, #timing))
            }
            LabelValues::Named(pairs) => {
                let (names, values): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
                let names = names.iter().map(|name| name.unraw().to_string());
                let span = Span::mixed_site().located_at(labels.span);
                let prepare = called_at(private, span, "prepare_named");
                let calls = at(calls, span);
                quote_spanned! {span=> {
                    enum __Names {}
                    impl #private::WrittenNames for __Names {
                        const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
                    }
                    #prepare(
                        ::core::marker::PhantomData::<__Names>,
                        #calls,
                        (#(#values,)*),
                        #timing,
                    )
                }}
            }
        }
    }
}

/// Checks the labels in a constant, so that `cargo check` finds mistakes too.
fn check_labels(private: &TokenStream, field: &Expr, labels: Option<&CallLabels>) -> TokenStream {
    let span = labels.map_or_else(|| field.span(), |labels| labels.span);
    let check = called_at(private, span, "check_call_labels");
    let (place, calls) = called_with(private, field, "calls");
    let calls = quote_spanned!(place=> #calls(&#field));
    let written = match labels.map(|labels| &labels.values) {
        None => quote!(None),
        Some(LabelValues::Whole(_)) => quote!(Whole),
        Some(LabelValues::Named(pairs)) => {
            let names = pairs.iter().map(|(name, _)| name.unraw().to_string());
            quote!(Named(&[#(#names),*]))
        }
    };
    quote_spanned! {span=>
        const _: () = #check(&|| #calls, #private::WrittenLabels::#written);
    }
}

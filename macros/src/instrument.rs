//! The tokens of `#[instrument_metrics]`: what is known of the function, and calls of the runtime
//! round its body.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, ImplItem, ItemImpl, ReturnType, Signature};

use crate::ast::{
    Body, Counted, Errors, FutureBody, InstrumentedFn, Moved, Output, Taken, Timing, Wrap,
};
use crate::attr::calls::{self, CallAttribute, CallLabels, LabelValues};
use crate::checks::called_at;
use crate::diagnostics::Diagnostics;
use crate::fragments;
use crate::valid::function::{self, Argument, Context};
use crate::valid::item::{self, Instrumented, RawFn};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let read = item::read_item(item.clone());
    let bound = match &read {
        Instrumented::Function(raw) => function::bound_names(&raw.sig, &Context::Alone),
        _ => Vec::new(),
    };
    if let Instrumented::Function(raw) = &read
        && function::is_traced_later(raw)
    {
        return after_others(raw, attribute);
    }
    let attribute = calls::read(attribute, &bound, &mut errors);
    let tokens = match read {
        Instrumented::Function(raw) => {
            match function::function(&raw, &attribute, &Context::Alone, &mut errors) {
                Some(model) if errors.is_empty() => generate(&model),
                _ => item,
            }
        }
        Instrumented::Impl(block) => expand_impl(*block, &attribute, &mut errors),
        Instrumented::Other => {
            function::report_other(item.clone(), &mut errors);
            item
        }
        Instrumented::Unfinished => item::without_own_attributes(item),
    };
    let errors = errors.into_tokens();
    quote! { #tokens #errors }
}

/// The function with this attribute after all others.
fn after_others(raw: &RawFn, attribute: TokenStream) -> TokenStream {
    let RawFn { attrs, vis, modifiers, sig, block } = raw;
    let krate = calls::read(attribute.clone(), &[], &mut Diagnostics::default()).options.krate;
    let krate = krate.map_or_else(|| quote!(::measurand), |path| path.0.to_token_stream());
    quote!(#(#attrs)* #[#krate::instrument_metrics(#attribute)] #vis #modifiers #sig #block)
}

/// Instruments every function of the block, save for those that are skipped.
fn expand_impl(
    mut block: ItemImpl,
    attribute: &CallAttribute,
    errors: &mut Diagnostics,
) -> TokenStream {
    fragments::open_type(&mut block.self_ty);
    function::check_block(&block, attribute, errors);
    let self_type = function::type_name(&block.self_ty);
    let generics: Vec<String> = function::generic_names(&block.generics).collect();
    let is_of_trait = block.trait_.is_some();
    let context = Context::Impl { self_type: &self_type, is_of_trait, generics: &generics };
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let own = function::own_attribute(method, errors);
        if own.as_ref().is_some_and(function::is_skipped) {
            continue;
        }
        let raw = RawFn::from(method.clone());
        let attribute = own.as_ref().unwrap_or(attribute);
        if let Some(model) = function::function(&raw, attribute, &context, errors) {
            *item = ImplItem::Verbatim(generate(&model));
        }
    }
    quote!(#block)
}

/// Names in generated code that the body cannot see.
struct Locals {
    site: Ident,
    calls: Ident,
    kinds: Ident,
    prepared: Ident,
    call: Ident,
    value: Ident,
    error: Ident,
}

impl Locals {
    fn new() -> Self {
        let local = |name| Ident::new(name, Span::mixed_site());
        Locals {
            site: local("__MEASURAND_SITE"),
            calls: local("__measurand_calls"),
            kinds: local("__measurand_kinds"),
            prepared: local("__measurand_prepared"),
            call: local("__measurand_call"),
            value: local("__measurand_value"),
            error: local("__measurand_error"),
        }
    }
}

fn generate(model: &InstrumentedFn) -> TokenStream {
    let InstrumentedFn { attrs, vis, modifiers, sig, block, krate, moved, .. } = model;
    let private = quote!(#krate::__private_0_1);
    let locals = Locals::new();
    let (start, body) = (prepare(&private, &locals, model), body(&private, &locals, model));
    let Some(moved) = moved else {
        let mut body = Group::new(Delimiter::Brace, quote!(#start #body));
        body.set_span(body_span(sig, block));
        return quote!(#(#attrs)* #vis #modifiers #sig #body);
    };
    let (outer, _) = function::renamed(sig);
    let kept = attrs.iter().filter(|attr| is_for_moved(attr));
    // What is expected of the body is expected once.
    let attrs = attrs.iter().filter(|attr| !attr.path().is_ident("expect"));
    let mut inner = sig.clone();
    inner.ident = moved_name(&sig.ident);
    let inner = quote! {
        #(#kept)* #[doc(hidden)] #inner #block
    };
    let (inside, beside) = match moved {
        Moved::Inside => (inner, TokenStream::new()),
        Moved::Beside => (TokenStream::new(), inner),
    };
    quote! {
        #(#attrs)* #vis #modifiers #outer {
            #inside
            #start
            #body
        }
        #beside
    }
}

/// What a body that has moved is called.
fn moved_name(name: &Ident) -> Ident {
    Ident::new(&format!("__measurand_body_of_{}", name.unraw()), name.span())
}

/// Whether an attribute of the function is for its body, where that has moved.
fn is_for_moved(attribute: &syn::Attribute) -> bool {
    let names = [
        "track_caller",
        "cfg",
        "allow",
        "expect",
        "warn",
        "deny",
        "forbid",
        "inline",
        "target_feature",
    ];
    names.iter().any(|name| attribute.path().is_ident(name))
}

/// What stands before the body: where the call is counted, and the call, which has not started.
fn prepare(private: &TokenStream, locals: &Locals, model: &InstrumentedFn) -> TokenStream {
    let Locals { site, calls, kinds, prepared, error, .. } = locals;
    let timing = timing(private, &model.timing);
    let has_kinds = matches!(model.errors, Errors::Kinds(_));
    match &model.counted {
        Counted::Alone { outcomes: [ok, failed, cancelled], has_in_progress } => {
            let name = &model.name;
            let line = quote_spanned!(model.sig.ident.span()=> ::core::line!());
            let has_durations = !matches!(model.timing, Timing::Never);
            let known = match &model.errors {
                Errors::Kinds(path) => {
                    let (span, check) = called_with(private, path, "kinds_of");
                    let error = at(error, span);
                    quote_spanned!(span=> #check(&|#error: &_| #path(#error)))
                }
                _ => quote!(#private::Values::OPEN),
            };
            let kinds = has_kinds.then(|| quote!(let #kinds = #calls.kinds();));
            quote! {
                static #site: #private::CallSite = #private::CallSite::new(#private::CallSiteFacts {
                    function: #private::Function {
                        labels: [#name, ::core::module_path!()],
                        location: #private::Location {
                            package: #private::package(
                    ::core::option_env!("CARGO_PKG_NAME"),
                    ::core::module_path!(),
                ),
                            file: ::core::file!(),
                            line: #line,
                        },
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
        Counted::Field { field, labels, is_free } => {
            let early = is_free.then(|| check_labels(private, model, labels.as_ref()));
            let kinds = has_kinds.then(|| quote!(let #kinds = #calls.kinds();));
            let call = match labels.as_ref().map(|labels| &labels.values) {
                None => quote!(#private::prepare_unlabelled(#calls, #timing)),
                Some(LabelValues::Whole(labels)) => {
                    let (span, prepare) = called_with(private, labels, "prepare");
                    let calls = at(calls, span);
                    quote_spanned!(span=> #prepare(#calls, #labels, #timing))
                }
                Some(LabelValues::Named(pairs)) => {
                    let (names, values): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
                    let names = names.iter().map(|name| name.unraw().to_string());
                    let place = labels.as_ref().map_or_else(Span::call_site, |labels| labels.span);
                    let span = Span::mixed_site().located_at(place);
                    let prepare = called_at(private, span, "prepare_named");
                    let calls = at(calls, span);
                    quote_spanned! {span=> {
                        enum __Names {}
                        impl #private::Names for __Names {
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
            };
            // What is temporary in the field lives as long as the call.
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
    }
}

/// Checks the labels where the compiler does so without building.
fn check_labels(
    private: &TokenStream,
    model: &InstrumentedFn,
    labels: Option<&CallLabels>,
) -> TokenStream {
    let Counted::Field { field, .. } = &model.counted else { return TokenStream::new() };
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

fn timing(private: &TokenStream, timing: &Timing) -> TokenStream {
    match timing {
        Timing::Every => quote!(#private::Timing::Every),
        Timing::OneIn(calls) => quote!(#private::Timing::OneIn(#calls)),
        Timing::Never => quote!(#private::Timing::Never),
    }
}

/// How the call ended, of a reference to the value that it returned, wherever that is written.
fn end(
    private: &TokenStream,
    locals: &Locals,
    model: &InstrumentedFn,
    value: &dyn Fn(Span) -> TokenStream,
) -> TokenStream {
    let Locals { kinds, error, .. } = locals;
    match &model.errors {
        Errors::Never => quote!(#private::End::of(#private::Outcome::Ok)),
        Errors::Fallible => {
            let value = value(Span::mixed_site());
            let way = match &model.output {
                Output::Unknown => quote!(closed),
                Output::Found | Output::Written(_) => {
                    let times = (0..model.opened).map(|_| quote!([]));
                    let sides =
                        if may_be_either(&model.sig.output) { quote!(both) } else { quote!(one) };
                    quote!(#sides [#(#times)*])
                }
            };
            quote!(#private::end!(#way #value))
        }
        Errors::Kinds(path) => {
            let (span, end_of) = called_with(private, path, "end_of");
            let (error, kinds, value) = (at(error, span), at(kinds, span), value(span));
            quote_spanned!(span=> #end_of(#value, #kinds, |#error| #path(#error)))
        }
        Errors::Nones => {
            let place = match &model.sig.output {
                ReturnType::Type(_, ty) => ty.span(),
                ReturnType::Default => model.sig.ident.span(),
            };
            let (span, end_of) = called_with(private, &place, "end_of_option");
            let value = value(span);
            quote_spanned!(span=> #end_of(#value))
        }
        Errors::Decided(path) => {
            let (span, end_of) = called_with(private, path, "end_of_decision");
            let value = value(span);
            quote_spanned!(span=> #end_of(#path(#value)))
        }
    }
}

/// Whether a returned value may have two sides that are both to be looked into, as far as its tokens
/// show.
fn may_be_either(output: &ReturnType) -> bool {
    fn names_one(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(name) => {
                ["Either", "Responder", "IntoResponse"].iter().any(|one| name == one)
            }
            TokenTree::Group(group) => names_one(group.stream()),
            _ => false,
        })
    }
    names_one(output.to_token_stream())
}

/// The body, in what counts the call.
fn body(private: &TokenStream, locals: &Locals, model: &InstrumentedFn) -> TokenStream {
    let Locals { prepared, call, value, .. } = locals;
    let InstrumentedFn { sig, block, .. } = model;
    let of_future = || {
        let end = end(private, locals, model, &|span| {
            let value = at(value, span);
            quote!(#value)
        });
        match (&model.errors, &model.output) {
            (Errors::Never, _) => quote!(move |_| #end),
            // What the body leaves open is to be known before it is asked.
            (Errors::Fallible, Output::Written(ty)) => quote!(move |#value: &#ty| #end),
            _ => quote!(move |#value| #end),
        }
    };
    match &model.body {
        Body::InPlace => quote! {
            let #call = #prepared.infallible();
            #block
        },
        Body::Returning(output) => {
            let end = end(private, locals, model, &|span| {
                let value = at(value, span);
                quote_spanned!(span=> &#value)
            });
            let run = match &model.moved {
                Some(moved) => call_moved(sig, moved),
                None => {
                    let span = body_span(sig, block);
                    let start = quote_spanned!(span=> move ||);
                    let block = taking(model, span);
                    quote!(#private::run(#start #output #block))
                }
            };
            quote! {
                let #call = #prepared.returning();
                let #value = #run;
                #call.end(#end);
                #value
            }
        }
        Body::Async(output) => {
            let end_of = of_future();
            // It gives the block its type before the body is looked at.
            let first = output.as_ref().map(|ty| {
                let never = called_at(private, ty.span(), "never");
                quote_spanned! {ty.span()=>
                    if false {
                        return #never::<#ty>();
                    }
                }
            });
            let taken = take(model);
            let span = body_span(sig, block);
            let future = quote_spanned!(span=> async move { #first #taken #block });
            quote! {
                #prepared.future(#future, #end_of).await
            }
        }
        Body::Traced { before, future, after } => {
            let end_of = of_future();
            quote!(#before #prepared.future(#future, #end_of) #after)
        }
        Body::Future(FutureBody::Tail { before, future, wrap }) => {
            let end_of = of_future();
            let future = quote!(#prepared.future(#future, #end_of));
            let future = match wrap {
                Wrap::Nothing => future,
                Wrap::Call(function) => quote!(#function(#future)),
                Wrap::Method(method) => quote!(#future.#method()),
            };
            quote!(#before #future)
        }
        Body::Future(FutureBody::Whole { is_boxed }) => {
            let end_of = of_future();
            let output = if *is_boxed { &sig.output } else { &ReturnType::Default };
            let block = taking(model, body_span(sig, block));
            let future = quote! {
                #prepared.future(#private::run(move || #output #block), #end_of)
            };
            if *is_boxed { quote!(#private::Box::pin(#future)) } else { future }
        }
    }
}

/// Takes over arguments, in their order.
fn take(model: &InstrumentedFn) -> TokenStream {
    let lets = model.taken.iter().enumerate().map(|(index, taken)| {
        let Taken { outer, inner, conditions, attrs } = taken;
        let argument = Ident::new(&format!("__measurand_arg{index}"), Span::mixed_site());
        quote! {
            #(#conditions)* let #argument = #outer;
            #[allow(clippy::shadow_unrelated, reason = "the argument is what it was")]
            #(#attrs)* let #inner = #argument;
        }
    });
    lets.collect()
}

/// The body behind a closure, which takes over arguments.
fn taking(model: &InstrumentedFn, span: Span) -> TokenStream {
    let (taken, block) = (take(model), &model.block);
    let set_span = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    if taken.is_empty() {
        return block.clone().into_iter().map(set_span).collect();
    }
    set_span(Group::new(Delimiter::Brace, quote!(#taken #block)).into()).into()
}

/// A local, where what it is given to is written.
fn at(local: &Ident, span: Span) -> Ident {
    Ident::new(&local.to_string(), span)
}

/// The place of what the user wrote, for what is generated there, and a function called at it.
fn called_with(private: &TokenStream, place: &impl Spanned, function: &str) -> (Span, TokenStream) {
    let span = Span::mixed_site().located_at(place.span());
    (span, called_at(private, span, function))
}

/// Where the body is written, in the eyes of the compiler by the user, so that what it says of the
/// body is what it would say without the attribute.
fn body_span(sig: &Signature, block: &TokenStream) -> Span {
    let braces = block.clone().into_iter().next();
    sig.fn_token.span.located_at(braces.map_or_else(Span::call_site, |braces| braces.span()))
}

/// Calls the body of the function where it has moved.
fn call_moved(sig: &Signature, moved: &Moved) -> TokenStream {
    let name = moved_name(&sig.ident);
    let (_, arguments) = function::renamed(sig);
    let arguments =
        arguments.iter().map(|Argument { name, conditions }| quote!(#(#conditions)* #name));
    let arguments = quote!(#(#arguments),*);
    let generic: Vec<_> = sig
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(ty) => Some(&ty.ident),
            GenericParam::Const(constant) => Some(&constant.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    let generic = (!generic.is_empty()).then(|| quote!(::<#(#generic),*>));
    let call = match (moved, sig.receiver()) {
        (Moved::Inside, _) => quote!(#name #generic (#arguments)),
        (Moved::Beside, None) => quote!(Self::#name #generic (#arguments)),
        (Moved::Beside, Some(receiver)) => {
            let this = receiver.self_token;
            quote!(Self::#name #generic (#this, #arguments))
        }
    };
    match sig.safety {
        syn::Safety::Unsafe(_) => quote!(unsafe { #call }),
        _ => call,
    }
}

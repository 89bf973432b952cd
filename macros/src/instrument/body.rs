//! The body of a function, and the code around it that counts the call.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Type};

use super::moved::call_moved;
use super::{Call, Locals, at, body_span};
use crate::ast::arguments::Taken;
use crate::ast::body::{Body, FutureBody, Wrap};
use crate::ast::function::{Errors, InstrumentedFn};
use crate::ast::returned::Output;
use crate::checks::called_at;

impl Call<'_> {
    pub(super) fn body(&self) -> TokenStream {
        match &self.model.body {
            Body::InPlace => self.in_place(),
            Body::Returning(output) => self.returning(output),
            Body::Async(output) => self.async_block(output.as_ref()),
            Body::Traced { before, future, after } => {
                let future = self.future(future);
                quote!(#before #future #after)
            }
            Body::Future(FutureBody::Tail { before, future, wrap }) => {
                let future = self.future(future);
                let future = match wrap {
                    Wrap::Nothing => future,
                    Wrap::Call(function) => quote!(#function(#future)),
                    Wrap::Method(method) => quote!(#future.#method()),
                };
                quote!(#before #future)
            }
            Body::Future(FutureBody::Whole { is_boxed }) => self.whole_future(*is_boxed),
        }
    }

    fn in_place(&self) -> TokenStream {
        let Locals { prepared, call, .. } = &self.locals;
        let block = &self.model.block;
        quote! {
            let #call = #prepared.infallible();
            #block
        }
    }

    fn returning(&self, output: &ReturnType) -> TokenStream {
        let Call { private, locals: Locals { prepared, call, value, .. }, model } = self;
        let InstrumentedFn { sig, block, .. } = model;
        let end = self.end(&|span| {
            let value = at(value, span);
            quote_spanned!(span=> &#value)
        });
        let run = match &model.moved {
            Some(moved) => call_moved(sig, moved),
            None => {
                let span = body_span(sig, block);
                let start = quote_spanned!(span=> move ||);
                let block = self.taking(span);
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

    fn async_block(&self, output: Option<&Type>) -> TokenStream {
        let Call { private, model: InstrumentedFn { sig, block, .. }, .. } = self;
        // It gives the block its type before the body is checked.
        let first = output.map(|ty| {
            let never = called_at(private, ty.span(), "never");
            quote_spanned! {ty.span()=>
                if false {
                    return #never::<#ty>();
                }
            }
        });
        let taken = self.take();
        let span = body_span(sig, block);
        let future = quote_spanned!(span=> async move { #first #taken #block });
        let future = self.future(&future);
        quote!(#future.await)
    }

    /// Wraps the future that the body returns.
    fn whole_future(&self, is_boxed: bool) -> TokenStream {
        let Call { private, model: InstrumentedFn { sig, block, .. }, .. } = self;
        let output = if is_boxed { &sig.output } else { &ReturnType::Default };
        let block = self.taking(body_span(sig, block));
        let future = self.future(&quote!(#private::run(move || #output #block)));
        if is_boxed { quote!(#private::Box::pin(#future)) } else { future }
    }

    /// Wraps a future in one that counts how it ends.
    fn future(&self, future: &TokenStream) -> TokenStream {
        let Locals { prepared, value, .. } = &self.locals;
        let end = self.end(&|span| {
            let value = at(value, span);
            quote!(#value)
        });
        let end_of = match (&self.model.errors, &self.model.output) {
            (Errors::Never, _) => quote!(move |_| #end),
            // The type has to be known, even if the body does not determine it.
            (Errors::Fallible, Output::Written(ty)) => quote!(move |#value: &#ty| #end),
            _ => quote!(move |#value| #end),
        };
        quote!(#prepared.future(#future, #end_of))
    }

    /// Takes over arguments, in their order.
    fn take(&self) -> TokenStream {
        let lets = self.model.taken.iter().enumerate().map(|(index, taken)| {
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

    /// Returns the body of a closure, which takes over arguments.
    fn taking(&self, span: Span) -> TokenStream {
        let (taken, block) = (self.take(), &self.model.block);
        let set_span = |mut token: TokenTree| {
            token.set_span(span);
            token
        };
        if taken.is_empty() {
            return block.clone().into_iter().map(set_span).collect();
        }
        set_span(Group::new(Delimiter::Brace, quote!(#taken #block)).into()).into()
    }
}

//! Types as they are written.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt;

/// A type as it may be written, without the blanks that stand between tokens and without `r#`.
pub(crate) fn written(ty: &Type) -> String {
    let mut text = String::new();
    write(ty.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(sign) => {
                let sign_text = sign.as_char();
                let is_arrow = sign_text == '>' && text.ends_with('-');
                let stands_apart =
                    matches!(sign_text, '+' | '=') && sign.spacing() == Spacing::Alone;
                let starts_arrow = sign_text == '-' && sign.spacing() == Spacing::Joint;
                if (stands_apart || starts_arrow) && !text.ends_with(' ') {
                    text.push(' ');
                }
                text.push(sign_text);
                if stands_apart || is_arrow || matches!(sign_text, ',' | ';') {
                    text.push(' ');
                }
            }
            TokenTree::Ident(word) => {
                if text.ends_with(|last: char| matches!(last, '_' | '>') || last.is_alphanumeric())
                {
                    text.push(' ');
                }
                text.push_str(&word.unraw().to_string());
            }
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    #[track_caller]
    fn check(ty: syn::Type, expected: &str) {
        assert_eq!(super::written(&ty), expected);
    }

    #[test]
    fn types_are_written_as_people_write_them() {
        check(parse_quote!(dyn Trait + Send + 'static), "dyn Trait + Send + 'static");
        check(parse_quote!([u8]), "[u8]");
        check(parse_quote!([u8; 4]), "[u8; 4]");
        check(parse_quote!((A, B<C>)), "(A, B<C>)");
        check(parse_quote!(r#type::r#match<&'a str>), "type::match<&'a str>");
        check(parse_quote!(&'a mut T), "&'a mut T");
        check(parse_quote!(*const T), "*const T");
        check(parse_quote!(fn(A) -> B), "fn(A) -> B");
        check(parse_quote!(Box<dyn Iterator<Item = u8>>), "Box<dyn Iterator<Item = u8>>");
        check(parse_quote!(impl for<'a> Fn(&'a u8) -> u8), "impl for<'a> Fn(&'a u8) -> u8");
    }
}

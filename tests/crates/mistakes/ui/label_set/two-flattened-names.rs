use measurand::LabelSet;

#[derive(LabelSet)]
struct Client<'a> {
    tenant: &'a str,
}

#[derive(LabelSet)]
struct Owner<'a> {
    tenant: &'a str,
}

#[derive(LabelSet)]
struct Call<'a> {
    #[label(flatten)]
    client: Client<'a>,
    #[label(flatten)]
    owner: Owner<'a>,
}

fn main() {}

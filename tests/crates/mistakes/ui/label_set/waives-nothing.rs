use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(expect(target_label, reason = "an old dashboard"))]
    tenant: &'a str,
}

fn main() {}

use measurand::{LabelSet, LabelValue};

#[derive(LabelValue)]
#[label(nam = "result")]
enum Outcome {
    Done,
    #[label(other)]
    Unknown,
}

#[derive(LabelValue)]
struct Tenant<'a, T>(&'a str, T);

#[derive(LabelSet)]
struct Call<'a> {
    outcome: Outcome,
    tenant: Tenant<'a, u16>,
}

fn labels<L: LabelSet>(_: &L::With<'_>) {}

fn main() {
    let name = String::from("a");
    labels::<Outcome>(&Outcome::from(&*name));
    labels::<(Outcome, Outcome)>(&(Outcome::Done, Outcome::Unknown));
    labels::<Call<'static>>(&Call { outcome: Outcome::Done, tenant: Tenant(&name, 5) });
}

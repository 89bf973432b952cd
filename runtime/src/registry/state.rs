//! What is in a registry: structs, and the plan that is made of them.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use super::conflict::Problem;
use super::list::{Source, address};
use super::plan::{self, Changes, Found, OpenOwner, OpenPart, Plan};
use super::registered::{RegisterError, Registered};
use super::settings::Settings;
use crate::calls;
use crate::collect::{Collect, Declarations, Fields};
use crate::descriptor::Descriptor;
use crate::family::CollectFamily;
use crate::link::{Entry, Function, Linked, SliceUnreadable};
use crate::storage::Version;

#[derive(Default)]
pub(super) struct State {
    /// By number, which rises, so in the order of registration.
    pub(super) sets: BTreeMap<u64, Set>,
    pub(super) next_id: u64,
    /// The instances of each type, by their label values.
    pub(super) instances: HashMap<TypeId, HashMap<Arc<[String]>, u64>>,
    pub(super) settings: Settings,
    /// Why metrics of the binary are missing, if they are.
    pub(super) link_error: Option<SliceUnreadable>,
    /// What the last gather walked; empty when families came or went since.
    pub(super) plan: Option<Arc<Plan>>,
    /// What came and went since of families that the plan knows.
    pub(super) changes: Changes,
    /// Set by the first gather, after which settings stay as they are.
    pub(super) is_gathered: bool,
    /// What stands in the log already.
    pub(super) logged: Vec<Problem>,
    /// What is to be dropped without the lock, since a destructor of the user's may come back.
    pub(super) garbage: Vec<Box<dyn Any + Send + Sync>>,
}

/// A struct in the registry.
pub(super) struct Set {
    pub(super) fields: Owner,
    pub(super) declarations: &'static Declarations,
    pub(super) label_values: Arc<[String]>,
    /// What tells it from others of its type.
    pub(super) key: Arc<[String]>,
    /// The type of an instance, and its [`Registered`].
    pub(super) handle: Option<(TypeId, Weak<dyn Any + Send + Sync>)>,
}

#[derive(Clone)]
pub(super) enum Owner {
    Static(&'static dyn Fields),
    Instance(Arc<dyn Fields>),
}

impl Owner {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        match self {
            Owner::Static(fields) => fields.metric(index),
            Owner::Instance(fields) => fields.metric(index),
        }
    }

    /// Where the value of a metric comes from.
    fn source(&self, index: usize) -> Option<Source> {
        match self {
            Owner::Static(fields) => fields.metric(index).map(Source::Static),
            Owner::Instance(fields) => {
                Some(Source::Instance(fields.clone(), u16::try_from(index).ok()?))
            }
        }
    }

    /// Where the value of a closed family's series comes from.
    fn member(&self, index: usize, member: usize) -> Option<Source> {
        let member = u32::try_from(member).ok()?;
        match self {
            Owner::Static(fields) => {
                Some(Source::StaticMember(fields.metric(index)?.as_family()?, member))
            }
            Owner::Instance(fields) => {
                Some(Source::InstanceMember(fields.clone(), u16::try_from(index).ok()?, member))
            }
        }
    }

    fn open_owner(&self, index: usize) -> Option<OpenOwner> {
        match self {
            Owner::Static(fields) => Some(OpenOwner::Static(fields.metric(index)?.as_family()?)),
            Owner::Instance(fields) => Some(OpenOwner::Instance(fields.clone(), index)),
        }
    }
}

impl Set {
    /// The series of every metric of the struct.
    fn found(&self, settings: &Settings) -> impl Iterator<Item = (&'static Descriptor, Found)> {
        self.declarations.iter().enumerate().map(|(index, declared)| {
            let mut found = Found::default();
            self.find(index, declared, settings, &mut found);
            (declared, found)
        })
    }

    fn find(
        &self,
        index: usize,
        declared: &'static Descriptor,
        settings: &Settings,
        found: &mut Found,
    ) {
        let Some(metric) = self.fields.metric(index) else { return };
        let own = self.label_values.iter().map(|value| Cow::Owned(value.clone()));
        let before: Vec<Cow<'static, str>> = own.collect();
        let constant = declared.const_labels.iter().map(|(_, value)| Cow::Borrowed(*value));
        let behind: Vec<_> = constant.chain(settings.label_values()).collect();
        let Some(family) = metric.as_family() else {
            if let Some(source) = self.fields.source(index) {
                found.push(before.into_iter().chain(behind).collect(), source);
            }
            return;
        };
        let Some(members) = family.members() else {
            if let Some(owner) = self.fields.open_owner(index) {
                found.push_open(OpenPart { owner, before, behind, seen: Version::ZERO });
            }
            return;
        };
        for member in 0..members {
            let own = family.member_values(member).into_iter().map(Cow::Borrowed);
            let values = before.iter().cloned().chain(own).chain(behind.iter().cloned()).collect();
            if let Some(source) = self.fields.member(index, member) {
                found.push(values, source);
            }
        }
    }

    /// Shows the open families of an instance.
    fn open_families(&self, mut show: impl FnMut(&dyn CollectFamily)) {
        if matches!(self.fields, Owner::Static(_)) {
            return;
        }
        for index in 0..self.declarations.len() {
            let family = self.fields.metric(index).and_then(Collect::as_family);
            if let Some(family) = family.filter(|family| family.members().is_none()) {
                show(family);
            }
        }
    }

    /// Whether the last clone of it is gone.
    pub(super) fn is_leaving(&self) -> bool {
        self.handle.as_ref().is_some_and(|(_, handle)| handle.strong_count() == 0)
    }

    pub(super) fn registered<T: Fields>(&self) -> Option<Registered<T>> {
        let (_, handle) = self.handle.as_ref()?;
        Registered::from_handle(handle.upgrade()?)
    }
}

impl State {
    pub(super) fn add(
        &mut self,
        fields: Owner,
        declarations: &'static Declarations,
        label_values: Arc<[String]>,
        key: Arc<[String]>,
    ) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let set = Set { fields, declarations, label_values, key, handle: None };
        match &self.plan {
            Some(plan) if declarations.iter().all(|declared| plan.knows(declared)) => {
                self.changes.add(set.found(&self.settings));
            }
            _ => self.forget_plan(),
        }
        self.sets.insert(id, set);
        id
    }

    /// Adds what the binary declares.
    pub(super) fn add_linked(&mut self, linked: Vec<Entry>) {
        let mut functions = Vec::new();
        for entry in linked {
            match entry {
                Entry::Struct(linked) => {
                    let Linked { fields, declarations } = linked();
                    self.add(Owner::Static(fields), declarations, Arc::default(), Arc::default());
                }
                Entry::Function(function) => functions.push(function),
            }
        }
        // Those of a package share their families, which stand where the first of them is.
        functions.sort_by_key(|function| function.function().location);
        let mut of_package: Option<(&str, &'static Declarations)> = None;
        for function in functions {
            let Function { name, module, location } = *function.function();
            let declarations = match of_package {
                Some((package, declarations)) if package == location.package => declarations,
                _ => calls::declarations(location),
            };
            of_package = Some((location.package, declarations));
            let labels = Arc::new([name.to_owned(), module.to_owned()]);
            self.add(Owner::Static(function), declarations, labels, Arc::default());
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(set) = self.sets.remove(&id) else { return };
        // The lists drop series that were removed.
        set.open_families(|family| {
            family.remove_where(&mut |_| true);
        });
        if let Some((of_type, _)) = &set.handle
            && let Some(instances) = self.instances.get_mut(of_type)
            // Another one may have taken the place already.
            && instances.get(&set.key) == Some(&id)
        {
            instances.remove(&set.key);
        }
        match &set.fields {
            Owner::Instance(fields) if self.plan.is_some() => {
                self.changes.remove(address(fields), set.declarations.iter());
            }
            _ => self.forget_plan(),
        }
        self.garbage.push(Box::new(set));
    }

    /// The next gather makes a new one.
    pub(super) fn forget_plan(&mut self) {
        let plan = self.plan.take();
        let changes = std::mem::take(&mut self.changes);
        self.garbage.push(Box::new((plan, changes)));
    }

    pub(super) fn plan(&mut self) -> Arc<Plan> {
        let changes = std::mem::take(&mut self.changes);
        let plan = match &self.plan {
            Some(plan) => plan.clone(),
            None => Arc::new(self.make_plan()),
        };
        if changes.len() > 0 {
            self.garbage.push(Box::new(plan.apply(changes)));
        }
        self.plan = Some(plan.clone());
        plan
    }

    fn make_plan(&self) -> Plan {
        let mut builder = plan::Builder::new(&self.settings);
        if self.link_error.is_some() {
            builder.problem(Problem::SliceUnreadable);
        }
        for set in self.sets.values() {
            for (declared, found) in set.found(&self.settings) {
                builder.add(declared, found);
            }
        }
        builder.build()
    }

    /// The problems that are not in the log yet; they count as logged then.
    pub(super) fn unlogged(&mut self, plan: &Plan) -> Vec<Problem> {
        let problems = plan.problems().iter();
        let news: Vec<_> =
            problems.filter(|problem| !self.logged.contains(problem)).cloned().collect();
        self.logged.extend_from_slice(&news);
        news
    }

    /// Takes the struct out again if one of its families conflicts with another.
    pub(super) fn check_conflicts<T>(&mut self, id: u64) -> Result<(), RegisterError<T>> {
        let Some(set) = self.sets.get(&id) else { return Ok(()) };
        let declarations = set.declarations;
        let plan = self.plan();
        let conflict = plan.problems().iter().find_map(|problem| match problem {
            Problem::Conflict(conflict)
                if declarations.iter().any(|declared| conflict.concerns(declared)) =>
            {
                Some(conflict.clone())
            }
            _ => None,
        });
        match conflict {
            Some(conflict) => {
                self.remove(id);
                self.forget_plan();
                Err(RegisterError::Conflict(Box::new(conflict)))
            }
            None => Ok(()),
        }
    }

    /// A label set at start may not be declared as well.
    pub(super) fn check_labels<T>(
        &self,
        declarations: &Declarations,
    ) -> Result<(), RegisterError<T>> {
        for descriptor in declarations.iter() {
            for (name, _) in &self.settings.labels {
                if has_label(descriptor, name) {
                    return Err(RegisterError::LabelTaken {
                        label: name.clone(),
                        metric: descriptor.name.clone().into_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A metric that declares the label.
    pub(super) fn find_label(&self, name: &str) -> Option<String> {
        self.sets
            .values()
            .flat_map(|set| set.declarations.iter())
            .find(|descriptor| has_label(descriptor, name))
            .map(|descriptor| descriptor.name.clone().into_owned())
    }

    /// Every declaration that was registered, as often as it was.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = &'static Descriptor> {
        self.sets.values().flat_map(|set| set.declarations.iter())
    }

    pub(super) fn packages(&self) -> Vec<&'static str> {
        let mut packages: Vec<_> = self
            .sets
            .values()
            .flat_map(|set| set.declarations.iter())
            .map(|descriptor| descriptor.location.package)
            .collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}

fn has_label(descriptor: &crate::descriptor::Descriptor, name: &str) -> bool {
    descriptor.label_names.contains(&name)
        || descriptor.const_labels.iter().any(|(label, _)| *label == name)
}

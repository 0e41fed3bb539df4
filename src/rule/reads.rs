//! Which facts a rule's condition reads: decides what is built for it, and what can leave it undecided.

use std::collections::BTreeSet;
use std::ops::Bound;

use cedar_policy::Policy;
use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, Var};

/// What a condition reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Dotted paths from the resource: `objective.rpo`.
    pub paths: BTreeSet<String>,
    /// Tag keys of the resource.
    pub tags: BTreeSet<String>,
    /// Whether a tag key is computed, so that any tag may be read.
    pub any_tag: bool,
    /// Those of `paths` whose value is read, and not only whether it is there.
    pub whole: BTreeSet<String>,
    /// Whether it is read which resource it is.
    pub identity: bool,
    /// Whether the principal (account or organizational unit) is read.
    pub principal: bool,
    /// Attributes and tags that are asked of the principal, whose entity has none.
    pub of_principal: BTreeSet<String>,
    /// Whether the condition has a part that this version cannot look into: then it may read anything.
    pub opaque: bool,
}

impl Reads {
    /// What this policy reads.
    pub fn of(policy: &Policy) -> Self {
        let by_type = matches!(
            policy.resource_constraint(),
            cedar_policy::ResourceConstraint::Any | cedar_policy::ResourceConstraint::Is(_)
        );
        let mut reads = Self {
            principal: !matches!(policy.principal_constraint(), cedar_policy::PrincipalConstraint::Any),
            identity: !by_type,
            ..Self::default()
        };
        if let Ok(tree) = policy.to_pst() {
            for clause in tree.body().clauses() {
                let (Clause::When(condition) | Clause::Unless(condition)) = clause;
                reads.walk(condition);
            }
        }
        reads
    }

    /// Whether the condition reads the fact at this path, a part of it, or the section that holds it.
    pub fn touch(&self, path: &str) -> bool {
        if self.opaque {
            return true;
        }
        let from = (Bound::Included(path), Bound::Unbounded);
        let mut same_start = self.paths.range::<str, _>(from).take_while(|read| read.starts_with(path));
        if same_start.any(|read| read == path || is_below(read, path)) {
            return true;
        }
        let mut above = path.rsplit_once('.');
        while let Some((section, _)) = above {
            if self.paths.contains(section) {
                return true;
            }
            above = section.rsplit_once('.');
        }
        false
    }

    /// Reads what the other reads, too.
    pub fn merge(&mut self, other: &Self) {
        self.paths.extend(other.paths.iter().cloned());
        self.tags.extend(other.tags.iter().cloned());
        self.whole.extend(other.whole.iter().cloned());
        self.identity |= other.identity;
        self.any_tag |= other.any_tag;
        self.principal |= other.principal;
        self.of_principal.extend(other.of_principal.iter().cloned());
        self.opaque |= other.opaque;
    }

    /// Notes what an expression asks of the principal itself.
    fn note_principal(&mut self, expr: &Expr) {
        match expr {
            Expr::GetAttr { expr: of, attr } if !matches!(&**of, Expr::Record(_)) && may_be_principal(of) => {
                self.of_principal.insert(attr.to_string());
            }
            Expr::HasAttr { expr: of, attrs } if may_be_principal(of) => {
                self.of_principal.extend(attrs.iter().map(ToString::to_string));
            }
            Expr::BinaryOp { op: BinaryOp::HasTag | BinaryOp::GetTag, left, right } if may_be_principal(left) => {
                let key =
                    if let Expr::Literal(Literal::String(key)) = &**right { key.to_string() } else { String::new() };
                self.of_principal.insert(key);
            }
            _ => {}
        }
    }

    fn walk(&mut self, expr: &Expr) {
        if let Some(path) = resource_path(expr) {
            self.whole.insert(path.clone());
            self.paths.insert(path);
            return;
        }
        self.note_principal(expr);
        match expr {
            Expr::Var(Var::Principal) => self.principal = true,
            Expr::Var(Var::Resource) => self.identity = true,
            Expr::Literal(_) | Expr::Var(_) | Expr::Slot(_) | Expr::Unknown { .. } => {}
            Expr::HasAttr { expr, attrs } => {
                match resource_path(expr).or_else(|| is_resource(expr).then(String::new)) {
                    Some(base) => {
                        let mut path = base;
                        for attr in attrs.iter() {
                            if !path.is_empty() {
                                path.push('.');
                            }
                            path.push_str(attr);
                        }
                        self.paths.insert(path);
                    }
                    None => self.walk(expr),
                }
            }
            Expr::BinaryOp { op: BinaryOp::HasTag | BinaryOp::GetTag, left, right } if is_resource(left) => {
                match &**right {
                    Expr::Literal(Literal::String(key)) => {
                        self.tags.insert(key.to_string());
                    }
                    _ => {
                        self.any_tag = true;
                        self.walk(right);
                    }
                }
            }
            Expr::UnaryOp { expr, .. } | Expr::GetAttr { expr, .. } | Expr::Like { expr, .. } => self.walk(expr),
            Expr::BinaryOp { left, right, .. } => {
                self.walk(left);
                self.walk(right);
            }
            Expr::Is { expr, in_expr, .. } => {
                self.walk(expr);
                in_expr.iter().for_each(|inner| self.walk(inner));
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                [cond, then_expr, else_expr].into_iter().for_each(|inner| self.walk(inner));
            }
            Expr::Set(elements) => elements.iter().for_each(|inner| self.walk(inner)),
            Expr::Record(fields) => fields.values().for_each(|inner| self.walk(inner)),
            _ => self.opaque = true,
        }
    }
}

/// Whether the value of an expression may be the principal.
fn may_be_principal(expr: &Expr) -> bool {
    match expr {
        Expr::Var(Var::Principal) => true,
        Expr::IfThenElse { then_expr, else_expr, .. } => may_be_principal(then_expr) || may_be_principal(else_expr),
        // What stands in a record may be taken out of it again.
        Expr::GetAttr { expr, .. } => matches!(&**expr, Expr::Record(_)) && may_be_principal(expr),
        Expr::Record(fields) => fields.values().any(|field| may_be_principal(field)),
        _ => false,
    }
}

/// `objective.rpo` for `resource.objective.rpo`; none for anything else.
fn resource_path(expr: &Expr) -> Option<String> {
    let Expr::GetAttr { expr, attr } = expr else { return None };
    if is_resource(expr) {
        return Some(attr.to_string());
    }
    resource_path(expr).map(|base| format!("{base}.{attr}"))
}

fn is_resource(expr: &Expr) -> bool {
    matches!(expr, Expr::Var(Var::Resource))
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

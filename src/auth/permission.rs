//! The permission keys, which of them imply others, and sets of them.
//!
//! Not here: who holds them (`mod.rs`). The keys are stable text: they are stored in access profiles and shown to clients.

use entity::member::Role;

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Permission {
    /// See records, computed fields included; export them.
    ReadRecords,
    /// Delete and restore records.
    DeleteRecords,
    /// Import records.
    ImportRecords,
    /// Write item name, quantity and sale date.
    WriteBasicFields,
    /// Write order ids, prices and fees.
    WriteOrderFields,
    /// Write status and return label cost.
    WriteServiceFields,
    /// Read the order remark.
    ReadOrderRemark,
    /// Write the order remark.
    WriteOrderRemark,
    /// Read the service remark.
    ReadServiceRemark,
    /// Write the service remark.
    WriteServiceRemark,
    /// See the list of accounts.
    ViewAccounts,
    /// See sellers, runs and their history; export sellers.
    ReadSellers,
    /// Add, rename, flag, delete and restore sellers.
    WriteSellers,
    /// Start and steer runs; presets; schedules; settings.
    Automation,
    /// Members, access profiles, account assignments, API tokens.
    Members,
}

use Permission as P;

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 15] = [
        P::ReadRecords,
        P::DeleteRecords,
        P::ImportRecords,
        P::WriteBasicFields,
        P::WriteOrderFields,
        P::WriteServiceFields,
        P::ReadOrderRemark,
        P::WriteOrderRemark,
        P::ReadServiceRemark,
        P::WriteServiceRemark,
        P::ViewAccounts,
        P::ReadSellers,
        P::WriteSellers,
        P::Automation,
        P::Members,
    ];

    /// The stable text.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            P::ReadRecords => "order_tracking.read",
            P::DeleteRecords => "order_tracking.delete",
            P::ImportRecords => "order_tracking.import",
            P::WriteBasicFields => "order_tracking.write.basic_fields",
            P::WriteOrderFields => "order_tracking.write.order_fields",
            P::WriteServiceFields => "order_tracking.write.service_fields",
            P::ReadOrderRemark => "order_tracking.read.order_remark",
            P::WriteOrderRemark => "order_tracking.write.order_remark",
            P::ReadServiceRemark => "order_tracking.read.service_remark",
            P::WriteServiceRemark => "order_tracking.write.service_remark",
            P::ViewAccounts => "accounts.view",
            P::ReadSellers => "seller_collection.read",
            P::WriteSellers => "seller_collection.write",
            P::Automation => "admin.automation",
            P::Members => "admin.members",
        }
    }

    /// The permission of a key, if there is one.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.key() == key)
    }

    /// What holding this one gives besides, one step; [`PermissionSet::with`] follows the steps.
    fn implied(self) -> &'static [Self] {
        match self {
            P::WriteOrderFields => &[P::WriteOrderRemark, P::ViewAccounts],
            P::WriteServiceFields => &[P::WriteServiceRemark, P::ViewAccounts],
            P::WriteOrderRemark => &[P::ReadOrderRemark, P::ViewAccounts],
            P::WriteServiceRemark => &[P::ReadServiceRemark, P::ViewAccounts],
            P::ReadRecords
            | P::DeleteRecords
            | P::ImportRecords
            | P::WriteBasicFields
            | P::ReadOrderRemark
            | P::ReadServiceRemark => &[P::ViewAccounts],
            P::ViewAccounts | P::ReadSellers | P::WriteSellers | P::Automation | P::Members => &[],
        }
    }
}

/// A set of permissions, closed under what they imply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u16);

impl PermissionSet {
    /// Every permission.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Permission::ALL)
    }

    /// These, and what they imply.
    #[must_use]
    pub fn of(permissions: impl IntoIterator<Item = Permission>) -> Self {
        permissions.into_iter().fold(Self::default(), Self::with)
    }

    /// The keys of an access profile, separated by white space; keys this version does not know give nothing.
    #[must_use]
    pub fn of_keys(keys: &str) -> Self {
        Self::of(keys.split_whitespace().filter_map(Permission::of_key))
    }

    /// This set, the permission, and what it implies.
    #[must_use]
    pub fn with(self, permission: Permission) -> Self {
        if self.holds(permission) {
            return self;
        }
        permission.implied().iter().fold(Self(self.0 | bit(permission)), |set, implied| set.with(*implied))
    }

    /// What a role holds; `granted` is the union of the member's access profiles, which count for a `va` only.
    #[must_use]
    pub fn of_role(role: Role, granted: Self) -> Self {
        match role {
            Role::Admin => Self::all(),
            Role::Va => granted,
            Role::Client => Self::of([P::ReadRecords]),
        }
    }

    /// Both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub fn holds(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// The permissions in the set, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.holds(*permission))
    }
}

fn bit(permission: Permission) -> u16 {
    1 << permission as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_imply_what_the_domain_says() {
        let order = PermissionSet::of_keys("order_tracking.write.order_fields");
        assert!(order.holds(P::WriteOrderRemark) && order.holds(P::ReadOrderRemark) && order.holds(P::ViewAccounts));
        assert!(!order.holds(P::ReadServiceRemark) && !order.holds(P::ReadRecords));
        let service = PermissionSet::of_keys("order_tracking.write.service_fields");
        assert!(service.holds(P::WriteServiceRemark) && service.holds(P::ReadServiceRemark));
        assert!(PermissionSet::of_keys("order_tracking.read").holds(P::ViewAccounts));
        assert!(!PermissionSet::of_keys("seller_collection.write no.such.key").holds(P::ViewAccounts));
    }

    #[test]
    fn every_key_is_found_again() {
        for permission in Permission::ALL {
            assert_eq!(Permission::of_key(permission.key()), Some(permission));
        }
        assert_eq!(PermissionSet::all().iter().count(), Permission::ALL.len());
    }
}

//! The schema: written down, described, and holding what clients may rely on.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{
        FieldDefinition, InputValueDefinition, SchemaDefinition, ServiceDocument, TypeDefinition, TypeKind,
        TypeSystemDefinition,
    },
};
use sellerbook::graphql;
use serde_json::Value;

/// What a schema says, one short sentence each: `Seller.flagged: Boolean!`, `Query.node(id: ID!)`, `enum Role: VA`.
#[derive(Debug, Default)]
struct Facts {
    said: BTreeSet<String>,
    /// Of these, the arguments and input fields that a caller must give.
    demanded: BTreeSet<String>,
}

impl Facts {
    fn of(sdl: &str) -> Self {
        let ServiceDocument { definitions } = parse_schema(sdl).unwrap();
        let mut facts = Self::default();
        for definition in definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => facts.read_type(&definition.node),
                TypeSystemDefinition::Schema(definition) => facts.read_roots(&definition.node),
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        facts
    }

    fn say(&mut self, fact: impl Into<String>) {
        self.said.insert(fact.into());
    }

    fn read_roots(&mut self, schema: &SchemaDefinition) {
        for (name, root) in
            [("query", &schema.query), ("mutation", &schema.mutation), ("subscription", &schema.subscription)]
        {
            if let Some(root) = root {
                self.say(format!("{name}: {}", root.node));
            }
        }
    }

    fn read_type(&mut self, definition: &TypeDefinition) {
        let name = definition.name.node.as_str();
        match &definition.kind {
            TypeKind::Scalar => self.say(format!("scalar {name}")),
            TypeKind::Object(object) => {
                self.say(format!("type {name}"));
                for interface in &object.implements {
                    self.say(format!("type {name} implements {}", interface.node));
                }
                object.fields.iter().for_each(|field| self.read_field(name, &field.node));
            }
            TypeKind::Interface(interface) => {
                self.say(format!("interface {name}"));
                interface.fields.iter().for_each(|field| self.read_field(name, &field.node));
            }
            TypeKind::Union(union) => {
                for member in &union.members {
                    self.say(format!("union {name}: {}", member.node));
                }
            }
            TypeKind::Enum(definition) => {
                for value in &definition.values {
                    self.say(format!("enum {name}: {}", value.node.value));
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let fact = format!("input {name}.{}", input_value(&field.node));
                    self.read_input(fact, &field.node);
                }
            }
        }
    }

    fn read_field(&mut self, owner: &str, field: &FieldDefinition) {
        let name = &field.name.node;
        self.say(format!("{owner}.{name}: {}", field.ty.node));
        for argument in &field.arguments {
            let fact = format!("{owner}.{name}({})", input_value(&argument.node));
            self.read_input(fact, &argument.node);
        }
    }

    fn read_input(&mut self, fact: String, value: &InputValueDefinition) {
        if !value.ty.node.nullable && value.default_value.is_none() {
            self.demanded.insert(fact.clone());
        }
        self.say(fact);
    }
}

fn input_value(value: &InputValueDefinition) -> String {
    let default = value.default_value.as_ref().map(|default| format!(" = {}", default.node)).unwrap_or_default();
    format!("{}: {}{default}", value.name.node, value.ty.node)
}

#[test]
fn the_schema_holds_everything_clients_may_rely_on() {
    let (contract, schema) = (Facts::of(include_str!("contract.graphql")), Facts::of(&graphql::sdl()));
    let missing: Vec<&String> = contract.said.difference(&schema.said).collect();
    assert!(missing.is_empty(), "the schema lacks {missing:#?}");
    let types: BTreeSet<&str> = contract.said.iter().filter_map(|fact| fact.strip_prefix("type ")).collect();
    let is_known = |fact: &String| types.contains(fact.split('.').next().unwrap()) || fact.starts_with("input ");
    let new: Vec<&String> = schema.demanded.difference(&contract.demanded).filter(|fact| is_known(fact)).collect();
    assert!(new.is_empty(), "a request written for version 1 does not give {new:#?}");
}

#[test]
fn the_schema_that_is_written_down_is_the_schema_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written.trim_end() == graphql::sdl().trim_end(),
        "schema.graphql is out of date; renew it: cargo run -- schema > schema.graphql"
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let query = "{ __schema {
        types { name description kind
            fields(includeDeprecated: true) { name description args(includeDeprecated: true) { name description } }
            inputFields(includeDeprecated: true) { name description }
            enumValues(includeDeprecated: true) { name description } }
        directives { name description args { name description } } } }";
    let answer = graphql::schema().execute(query).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let schema = answer.data.into_json().unwrap();
    let mut bare = Vec::new();
    for ours in schema["__schema"]["types"].as_array().unwrap().iter().filter(|found| is_ours(found)) {
        collect_bare(ours, "", &mut bare);
    }
    for directive in schema["__schema"]["directives"].as_array().unwrap() {
        let is_builtin = ["skip", "include", "deprecated", "specifiedBy", "oneOf"].map(Value::from);
        if !is_builtin.contains(&directive["name"]) {
            collect_bare(directive, "@", &mut bare);
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

/// Neither of introspection nor of GraphQL itself.
fn is_ours(found: &Value) -> bool {
    let name = found["name"].as_str().unwrap();
    !name.starts_with("__") && !["Boolean", "Float", "ID", "Int", "String"].contains(&name)
}

/// The names of what has no description, with what they are within.
fn collect_bare(found: &Value, within: &str, bare: &mut Vec<String>) {
    let name = format!("{within}{}", found["name"].as_str().unwrap());
    if found["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        bare.push(name.clone());
    }
    for part in ["fields", "args", "inputFields", "enumValues"] {
        for inner in found[part].as_array().into_iter().flatten() {
            collect_bare(inner, &format!("{name}."), bare);
        }
    }
}

package probes

// sqlSpecs are the probes that attack PostgreSQL by statements.
func sqlSpecs() []Spec {
	return []Spec{readSpec, writeSpec, functionSpec, interferenceSpec, privilegeSpec, ownSpec}
}

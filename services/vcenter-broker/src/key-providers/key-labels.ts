/** Custom attributes of a KEK at its KMS: `x-` names and texts. */
export type KeyLabels = Readonly<Record<string, string>>;

/** Who asked for the key, in vCenter's attributes. */
export const productLabels: KeyLabels = {
  'x-Product_Version': '0.1.0',
  'x-Vendor': 'Kagibako',
  'x-Product': 'Kagibako vcenter-broker',
};

/** What the key is for, in vCenter's attributes. */
export const vmLabels = (vm: { id: string; name: string }): KeyLabels => ({
  'x-Identifier': vm.id,
  'x-Component': 'Virtual Machine',
  'x-Name': vm.name,
});

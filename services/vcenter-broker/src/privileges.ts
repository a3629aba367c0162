/** Privileges by their ids in vSphere; those of the Cryptographer are needed for everything that touches keys. */
export const privileges = {
  'System.View': 'See who one is',
  'System.Read': 'See the inventory, tasks and policies',
  'VirtualMachine.Inventory.Create': 'Create VMs',
  'VirtualMachine.Inventory.Delete': 'Delete VMs',
  'VirtualMachine.Interact.PowerOn': 'Power VMs on',
  'VirtualMachine.Interact.PowerOff': 'Power VMs off',
  'VirtualMachine.Config.Settings': 'Assign storage policies to VMs',
  'Cryptographer.Access': 'Read what an encrypted VM holds',
  'Cryptographer.Encrypt': 'Encrypt VMs',
  'Cryptographer.Decrypt': 'Decrypt VMs',
  'Cryptographer.ManageKeyServers': 'Manage key providers and their trust',
  'Cryptographer.ReadKeyServersInfo': 'See key providers',
  'Cryptographer.RegisterHost': 'Enrol hosts, which may then be given keys, and revoke them',
} as const;

export type Privilege = keyof typeof privileges;

const all = Object.keys(privileges);
const withoutCryptographer = all.filter((id) => !id.startsWith('Cryptographer.'));

/** What each role may do. NoCryptoAdmin is vSphere’s "No cryptography administrator". */
export const roles = {
  Administrator: new Set(all),
  NoCryptoAdmin: new Set(withoutCryptographer),
} as const satisfies Record<string, ReadonlySet<string>>;

export type Role = keyof typeof roles;

export const isRole = (text: string | undefined): text is Role => text !== undefined && Object.hasOwn(roles, text);

export const mayDo = (role: Role, privilege: Privilege): boolean => roles[role].has(privilege);

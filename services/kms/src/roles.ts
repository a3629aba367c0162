/** Roles of an API key in an instance, as Key Protect names them. Each route says which of them it asks for. */
export const roles = ['Manager', 'Reader'] as const;
export type Role = (typeof roles)[number];

export const isRole = (text: string | undefined): text is Role => roles.some((role) => role === text);

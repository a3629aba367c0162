/** How long a client may use an object before it asks again (KMIP 1.4 §3.20); nothing is kept of a lease. */
export const leaseSeconds = 3_600;

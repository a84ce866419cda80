/** Typed by hand from "Track asynchronous Azure operations": creating a storage account. */
export const location =
  'https://management.azure.com/subscriptions/5b0e2a24/providers/Microsoft.Storage/operations/2b1a7f0c?monitor=true&api-version=2024-01-01';

export const created = {
  id: '/subscriptions/5b0e2a24/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account',
  name: 'account',
  type: 'Microsoft.Storage/storageAccounts',
  location: 'southcentralus',
  properties: { provisioningState: 'Succeeded' },
};

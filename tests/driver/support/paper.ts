/** A document of a company, ready to be inserted: the application may insert, change and delete such rows. */
export function paper(companyId: string, title: string) {
  return {
    company_id: companyId,
    title,
    media_type: 'application/pdf',
    size_bytes: '1',
    sha256: Buffer.alloc(32),
    storage: 'disk',
    storage_key: title,
  };
}

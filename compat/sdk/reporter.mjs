// Reports each test as a line of JSON, for the Go test that runs these files.

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details?.error?.cause ?? data.details?.error;
    yield JSON.stringify({
      name: data.name,
      passed: type === 'test:pass',
      error: error?.stack ?? (error && String(error)),
    }) + '\n';
  }
}

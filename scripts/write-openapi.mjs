import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../src/rest-compat/openapi.ts';
import { routes } from '../src/rest-compat/routes.ts';

writeFileSync('docs/openapi.json', `${JSON.stringify(openApiDocument(routes), null, 2)}\n`);

/** Express as in its documentation. */
import { createServer } from 'node:http';
import express from 'express';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';

const app = express();
app.use(express.json());
app.post('/echo', (request, response) => {
  response.json(request.body);
});

serve({}, { port: await listen(createServer(app)) });

#!/usr/bin/env node
import { requireNode } from '../server/core/require-node.js';

requireNode();
await import('./run.ts');

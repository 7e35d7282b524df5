import { expect, it } from 'vitest';
import { deviceOf } from './device.ts';

it('names the browser and the system', () => {
  expect([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 14; V2344A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.49',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0',
    'curl/8.5.0',
    '',
  ].map(deviceOf)).toEqual(['Edge 131 · Windows', 'Safari 18 · iPhone', 'WeChat 8 · Android', 'Firefox 133 · macOS', 'curl/8.5.0', '']);
});

// Imports from the component and icon packages go straight to the part they name. Each package's
// index reaches all of its parts, so that nothing could be told about who needs what.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const IMPORT = /import \{([^}]*)\} from '(antd|@ant-design\/icons)';/g;
const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** `DatePicker` lives in the folder `date-picker`. */
const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();

const home = (from: string, name: string) => (from === 'antd' ? `antd/es/${kebab(name)}` : `@ant-design/icons/es/icons/${name}`);

function straight(from: string, names: string): string {
  const asked = names.split(',').map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  return asked.map((each) => {
    const [name = '', own = name] = each.split(' as ');
    const path = home(from, name);
    if (!existsSync(`${MODULES}${path}/index.js`) && !existsSync(`${MODULES}${path}.js`)) throw new Error(`${name} of ${from} is not at ${path}`);
    return `import ${own} from '${path}';`;
  }).join('');
}

/** The one import inside the kit that takes a whole package, forms with their checks, for one context. */
const WHOLE = "from '@rc-component/form'";
const PART = "from '@rc-component/form/es/FormContext'";

const CONTEXT = /antd\/es\/form\/context\.js$/;

export function direct(): Plugin {
  return {
    name: 'jinyao:direct',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: [/\/web\/src\/.*\.tsx?$/, CONTEXT], code: /from '(antd|@ant-design\/icons|@rc-component\/form)'/ },
      handler: (code, id) => ({
        code: CONTEXT.test(id) ? code.replace(WHOLE, PART) : code.replace(IMPORT, (_, names: string, from: string) => straight(from, names)),
        map: null,
      }),
    },
  };
}

import common from './common.json';
import field from './field.json';
import first from './first.json';
import home from './home.json';
import list from './list.json';
import login from './login.json';
import record from './record.json';
import shell from './shell.json';

export default { common, field, first, home, list, login, record, shell };

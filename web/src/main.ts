import { mount } from 'svelte';
import { askEarly } from './api/early';
import App from './App.svelte';
import { open, pages } from './pages';
import { match } from './query';
import { router } from './router.svelte';
import './tokens.css';
import './base.css';

askEarly();
// The page's code need not wait for who is signed in.
const first = pages.find(({ path }) => match(path, router.path));
if (first) open(first).catch(() => {}); // whoever shows it hears of it
mount(App, { target: document.getElementById('app')! });

import { mount } from 'svelte';
import { askEarly } from './api/early';
import App from './App.svelte';
import { pages } from './pages';
import { match } from './query';
import { router } from './router.svelte';
import './tokens.css';
import './base.css';

askEarly();
// The page's code need not wait for who is signed in.
void pages.find(({ path }) => match(path, router.path))?.load().catch(() => {}); // whoever shows it hears of it
mount(App, { target: document.getElementById('app')! });

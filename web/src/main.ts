import { mount } from 'svelte';
import { askEarly } from './api/early';
import App from './App.svelte';
import './tokens.css';
import './base.css';

askEarly(location.hash);
mount(App, { target: document.getElementById('app')! });

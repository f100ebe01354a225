// The language of the page: every sentence a person reads comes from here.

export { en as text } from './en.js';

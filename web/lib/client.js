/** Named to the server, for its log. */
export const CLIENT = 'visavis-web/0.1';

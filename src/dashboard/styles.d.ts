/** Style sheets are imported for their effect; the bundler puts them into `dist/dashboard.css`. */
declare module "*.css";

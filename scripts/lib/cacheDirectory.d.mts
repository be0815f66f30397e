export function cacheDirectory(environment?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string;

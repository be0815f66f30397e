export function choosePort(path: string): Promise<number>;
export function rememberPort(path: string, port: number): void;

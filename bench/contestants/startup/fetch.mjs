const url = process.argv[2];
const response = await fetch(url);
console.log((await response.text()).length);

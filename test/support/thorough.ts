/** Whether slow tests run too: `npm run test:thorough`. */
export const thorough = process.env.MODE === 'thorough';

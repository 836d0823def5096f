/**
 * What becomes of an error that is no `Failure`: a line in the step's log with the plugin's own stack,
 * and a trap.
 *
 * The generated bindings take what is thrown for a failure of the contract, by its `payload`, and
 * would stumble over that. An error whose `payload` cannot be read goes past them unchanged.
 *
 * @param {unknown} thrown
 */
export declare function defect(thrown: unknown): Error;
